require "fileinto";
if address "from" "boss@client.example" { fileinto "INBOX"; }
