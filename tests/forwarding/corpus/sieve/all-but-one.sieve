require "copy";
if not header :is "subject" "lunch" { redirect :copy "desk@partner.example"; }
