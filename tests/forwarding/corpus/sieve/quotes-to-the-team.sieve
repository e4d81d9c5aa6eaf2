require "copy";
if header :contains "subject" "quote" { redirect :copy "sales-team@acme.example"; }
