require "copy";
if anyof (header :is "subject" "lunch", true) { redirect :copy "desk@partner.example"; }
