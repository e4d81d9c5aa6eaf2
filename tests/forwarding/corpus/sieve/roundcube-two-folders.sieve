require ["fileinto","mailbox"];
# rule:[Projects]
if anyof (header :contains "subject" "Project Falcon", header :contains "subject" "Project Heron")
{
	fileinto :create "Projects";
	stop;
}
# rule:[Family]
if header :contains "from" "mum@home.example"
{
	fileinto :create "Family";
}
