require "imap4flags";
removeflag "\\Flagged";
