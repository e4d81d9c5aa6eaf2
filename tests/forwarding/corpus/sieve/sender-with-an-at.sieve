require "copy";
if address :contains "from" "@" { redirect :copy "desk@partner.example"; }
