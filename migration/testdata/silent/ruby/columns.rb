class AddOpenaiModelToPosts < ActiveRecord::Migration[7.1]
  def change
    add_column :posts, :openai_model, :string
    remove_column :users, :openai_api_key
  end
end
