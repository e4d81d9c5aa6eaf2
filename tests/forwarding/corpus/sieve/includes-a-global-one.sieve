require ["include"];
include :global :once "company";
keep;
