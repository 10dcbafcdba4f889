"""What the browser tests share: the server, people who are signed in, the sample leads, and the rules that pages are held against."""
