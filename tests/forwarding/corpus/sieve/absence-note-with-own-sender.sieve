require "vacation";
vacation :handle "2026" :from "sales@acme.example" :mime text:
Content-Type: text/plain

Thank you.
.
;
