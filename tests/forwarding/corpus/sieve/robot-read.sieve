require "imap4flags";
if address :is "from" "build@acme.example" { setflag "\\Seen"; keep; }
