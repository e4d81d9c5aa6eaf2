require ["fileinto", "copy"];
if address :is "from" "boss@client.example" { fileinto :copy "Trash"; }
