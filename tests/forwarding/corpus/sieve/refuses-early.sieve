require "ereject";
if address :is "from" "salesman@pushy.example" { ereject "No."; }
