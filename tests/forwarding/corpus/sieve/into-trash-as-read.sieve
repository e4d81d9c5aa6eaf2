require ["fileinto", "imap4flags"];
if header :contains "from" "@client.example" { fileinto :flags "\\Seen" "Trash"; }
