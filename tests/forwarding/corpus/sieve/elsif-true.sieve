require "copy";
if header :is "subject" "lunch" { discard; }
elsif true { redirect :copy "desk@partner.example"; }
