Imports OpenAI.Chat

Module Module1
    Sub Main()
        ' The key of the team
        Dim key As String = Environment.GetEnvironmentVariable("OPENAI_API_KEY")
        Dim client As New ChatClient("gpt-4o", key)
        Console.WriteLine(client.CompleteChat("Hello").Value.Content(0).Text)
    End Sub
End Module
