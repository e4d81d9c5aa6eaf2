require ["fileinto"];
if anyof (header :contains ["subject"] "standup", header :contains ["to"] "team@acme.example") {
    fileinto "INBOX/Team";
}
