require "copy";
if address :domain "from" "supplier.example" { redirect :copy "desk@partner.example"; }
