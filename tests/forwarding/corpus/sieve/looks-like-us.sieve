require "copy";
if address :domain "from" "client.example" { redirect :copy "ann@acme-example.com"; }
