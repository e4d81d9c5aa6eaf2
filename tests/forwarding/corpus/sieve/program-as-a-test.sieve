require "vnd.dovecot.execute";
if execute :pipe "is-client" { keep; }
