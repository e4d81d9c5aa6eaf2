require ["fileinto", "imap4flags"];
if header :contains "from" "@client.example" { setflag "\\Seen"; fileinto "Archive"; }
