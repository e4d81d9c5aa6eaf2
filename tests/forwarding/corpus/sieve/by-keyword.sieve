require "copy";
if header :contains "subject" ["invoice", "quote"] { redirect :copy "desk@partner.example"; }
