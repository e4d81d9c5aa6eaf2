require "fileinto";
if address :domain :is "from" "client.example" { fileinto "Clients"; discard; }
