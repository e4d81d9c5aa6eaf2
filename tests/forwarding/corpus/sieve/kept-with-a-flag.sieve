require "imap4flags";
if address :domain "from" "client.example" { keep :flags "\\Flagged"; }
