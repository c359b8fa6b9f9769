import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Sequelize,
} from "sequelize";
import { setting } from "../environment.ts";

export const statuses = ["pending", "processing", "completed"] as const;

/** Queries are not printed: that alone would halve it. Five connections, the default, would be a handicap. */
export const sequelize = new Sequelize(setting("MYSQL_URL"), {
  dialect: "mysql",
  logging: false,
  pool: { max: 20, min: 20 },
});

/** An order, as Sequelize's own guide to TypeScript declares a model. */
export class Order extends Model<InferAttributes<Order>, InferCreationAttributes<Order>> {
  declare id: CreationOptional<number>;
  declare item: string;
  declare quantity: number;
  declare price: number;
  declare status: CreationOptional<(typeof statuses)[number]>;
  declare createdAt: CreationOptional<Date>;
  declare updatedAt: CreationOptional<Date>;
}

Order.init(
  {
    id: { type: DataTypes.INTEGER, autoIncrement: true, primaryKey: true },
    item: { type: DataTypes.STRING, allowNull: false },
    quantity: { type: DataTypes.INTEGER, allowNull: false },
    price: { type: DataTypes.DECIMAL(12, 2), allowNull: false },
    status: { type: DataTypes.ENUM(...statuses), allowNull: false, defaultValue: "pending" },
    createdAt: DataTypes.DATE(3),
    updatedAt: DataTypes.DATE(3),
  },
  { sequelize, tableName: "orders", underscored: true },
);
