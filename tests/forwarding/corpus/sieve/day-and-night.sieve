require ["vacation", "fcc", "mailbox"];
vacation :days 1 :fcc "Sent" :create "Away until Monday.";
