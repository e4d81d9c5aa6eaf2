require ["copy", "imap4flags"];
if address "from" "boss@client.example" { setflag "\\Seen"; redirect :copy "desk@partner.example"; }
