require ["duplicate"];
if duplicate :seconds 3600 { discard; stop; }
