require ["vnd.dovecot.pipe", "copy"];
pipe :copy "crm-import" ["ann"];
