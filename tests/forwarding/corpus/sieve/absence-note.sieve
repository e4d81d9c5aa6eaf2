require ["vacation"];
vacation :days 7 :addresses ["ann@acme.example", "ann.lee@gmail.com"] :subject "Away until Monday"
"I am away. Please write to joe@acme.example.";
