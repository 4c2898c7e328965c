param image string

resource worker 'Microsoft.App/containerApps@2024-03-01' = {
  name: 'worker'
  properties: {
    template: {
      containers: [
        {
          name: 'worker'
          image: image
          env: [
            {
              name: 'AZURE_OPENAI_KEY'
              secretRef: 'aoai-key'
            }
            {
              name: 'BING_KEY'
              secretRef: 'bing-key'
            }
          ]
        }
      ]
    }
  }
}
