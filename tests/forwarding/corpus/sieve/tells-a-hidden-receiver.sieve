require "enotify";
notify "mailto:joe@acme.example?bcc=ann%40partner.example";
