require ["foreverypart", "mime"];
foreverypart { redirect "desk@partner.example"; break; }
