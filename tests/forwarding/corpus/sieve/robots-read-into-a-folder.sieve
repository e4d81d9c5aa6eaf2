require ["fileinto", "imap4flags"];
if address :localpart "from" ["noreply", "no-reply"] { addflag "\\Seen"; fileinto "Newsletters"; }
