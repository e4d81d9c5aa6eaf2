require "imap4flags";
if address :is "from" "boss@client.example" { addflag "\\Deleted"; keep; }
