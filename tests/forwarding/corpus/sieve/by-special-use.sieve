require ["special-use", "fileinto"];
if address "from" "boss@client.example" { fileinto :specialuse "\\Trash" "Old"; }
