redirect "lukas.b.privat@postkasten.example";
