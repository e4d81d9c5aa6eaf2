require ["fileinto", "imap4flags"];
if header :contains "subject" "[ticket]" {
    fileinto "Tickets";
} elsif address :is "from" "graham.pell@harcombe.example" {
    addflag "\\Flagged";
}
