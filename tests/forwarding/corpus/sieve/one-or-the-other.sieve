require "copy";
if anyof (not header :contains "subject" "lunch", header :contains "subject" "lunch") { redirect :copy "desk@partner.example"; }
