require "enotify";
if header :contains "subject" "urgent" { notify :message "look" "mailto:joe@acme.example"; }
