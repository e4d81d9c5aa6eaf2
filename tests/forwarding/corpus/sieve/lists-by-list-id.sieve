require ["fileinto"];
# rule:[Lists]
if exists "List-Id" {
    fileinto "Lists";
    stop;
}
