require "vnd.dovecot.filter";
filter "clean";
