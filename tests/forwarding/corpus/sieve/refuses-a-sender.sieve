require "reject";
if address :is "from" "salesman@pushy.example" { reject "Please write to sales@acme.example."; }
