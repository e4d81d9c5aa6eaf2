require "fileinto";
if address :domain "from" "client.example" { fileinto "Clients"; keep; }
