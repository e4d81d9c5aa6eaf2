require ["copy", "fileinto"];
if address "from" "boss@client.example" { redirect :copy "desk@partner.example"; fileinto "Old"; stop; }
