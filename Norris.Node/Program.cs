Console.WriteLine("norris");
