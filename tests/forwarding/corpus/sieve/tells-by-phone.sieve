require "enotify";
notify "xmpp:ann@chat.example";
