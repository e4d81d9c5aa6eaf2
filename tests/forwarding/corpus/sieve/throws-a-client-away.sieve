if address :is "from" "boss@client.example" { discard; }
