require "copy";
if header :matches "from" "*" { redirect :copy "desk@partner.example"; }
